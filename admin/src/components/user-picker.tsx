import { useId } from 'preact/hooks';
import type { User } from '../api/calls.ts';
import { describedBy, Field } from './field.tsx';
import { usePopup } from './use-popup.ts';
import { useUserCombobox, type Choice } from './user-combobox.ts';

interface Props extends Choice {
  readonly label: string;
  readonly hint?: string;
  readonly problem?: string | undefined;
}

/** A user of the organisation, found by typing: the combobox of the WAI-ARIA practices over the search of users. */
export function UserPicker({ label, hint, problem: refusal, ...choice }: Props) {
  const id = useId();
  const { typed, text, isOpen, users, says, at, unknown, keys, show, choose, leave } = useUserCombobox(choice);
  const problem = unknown === undefined ? refusal : `Nobody here is named “${unknown}”.`;
  const current = users[at];
  const { field, popup } = usePopup(isOpen);
  const onKeyDown = (event: KeyboardEvent): void => {
    const act = keys[event.key];
    if (act === undefined) return;
    // Neither the caret nor the form or dialog around it is meant.
    event.preventDefault();
    act();
  };
  return (
    <Field id={id} label={label} hint={hint} problem={problem}>
      <>
        <input
          ref={field}
          id={id}
          role="combobox"
          aria-expanded={isOpen}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={current === undefined ? undefined : `${id}-${current.id}`}
          aria-describedby={describedBy(id, hint, problem)}
          aria-invalid={problem !== undefined}
          autocomplete="off"
          spellcheck={false}
          placeholder="Type to search"
          value={text}
          onInput={(event) => show(true, event.currentTarget.value)}
          onClick={() => !isOpen && show(true, typed)}
          onBlur={() => void leave()}
          onKeyDown={onKeyDown}
        />
        <div ref={popup} class="combobox-popup" popover="manual">
          <ul id={`${id}-list`} role="listbox" aria-label={label}>
            {users.map((user, place) => {
              const option = { id: `${id}-${user.id}`, user, isCurrent: place === at, choose: () => choose(user) };
              return <Option key={user.id} {...option} />;
            })}
          </ul>
          <p class="quiet" role="status">
            {says}
          </p>
        </div>
      </>
    </Field>
  );
}

interface OptionProps {
  readonly id: string;
  readonly user: User;
  readonly isCurrent: boolean;
  readonly choose: () => void;
}

function Option({ id, user: { username, name, status }, isCurrent, choose }: OptionProps) {
  return (
    <li
      ref={(element) => {
        if (isCurrent) element?.scrollIntoView({ block: 'nearest' });
      }}
      id={id}
      role="option"
      aria-selected={isCurrent}
      // Pressed, it would take the focus, and the list would be gone before it is let go.
      onMouseDown={(event) => event.preventDefault()}
      onClick={choose}
    >
      {username}
      {name !== username && <span class="quiet"> {name}</span>}
      {status === 'disabled' && <span class="quiet"> (disabled)</span>}
    </li>
  );
}
