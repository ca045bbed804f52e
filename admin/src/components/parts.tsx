import { Fragment } from 'preact';

/** A name of several parts, such as `assume_session.end`, which breaks between them where it breaks. */
export function Parts({ of: name }: { readonly of: string }) {
  return (
    <>
      {name.split(/(?<=[._:])/).map((part, at) => (
        <Fragment key={at}>
          {at > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </>
  );
}
