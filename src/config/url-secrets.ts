const redacted = '(redacted)';

/** What stands before the last `@` of a URL, whatever its characters are: drivers take passwords unescaped too. */
const userInfo = /(:\/\/)([\s\S]*)@/;
/** A name that hides nothing behind escapes, and what may be its password. */
const plainUser = /^((?:[\w.~-]|\$\{\w+\})*)(?::([\s\S]*))?$/;
const parameter = /([?&][^=&#\s]*=)([^&#]*)/g;
/** Parameters of connections that are no secrets; of others nobody knows. */
const openParameter =
  /^[?&](?:ssl|tls|sslmode|sslrootcert|user|host|port|db|dbname|database|family|application_name|connect_timeout|target_session_attrs|search_path)=$/;
const wholeDefault = /^(\$\{\w+:-)([\s\S]*)(\})$/;
const onlyReferences = /^(?:\$\{\w+(?::\?[^}]*)?\})+$/;

/**
 * A text without the passwords in a URL that it has: neither before the host nor among the parameters. What is nothing
 * but `${NAME}` stays, for it comes from the environment; a default beside it is written out.
 */
export function withoutUrlSecrets(text: string): string {
  const [, name = '', instead, end = ''] = wholeDefault.exec(text) ?? [];
  if (instead !== undefined) return `${name}${withoutUrlSecrets(instead)}${end}`;
  if (!text.includes('://')) return text;
  return text
    .replace(userInfo, (_, before: string, info: string) => `${before}${shownUser(info)}@`)
    .replace(parameter, (found, called: string, value: string) =>
      openParameter.test(called) || isReference(value) ? found : called + hidden(value),
    );
}

/** Says whether a text has nothing of its own: the environment puts in all of it. */
export function isReference(written: string): boolean {
  return onlyReferences.test(written);
}

function shownUser(info: string): string {
  const [, user, password] = plainUser.exec(info) ?? [];
  if (user === undefined) return hidden(info);
  return password === undefined || isReference(password) ? info : `${user}:${hidden(password)}`;
}

/** Line for line, so that places in the file stay the same. */
function hidden(secret: string): string {
  return redacted + secret.replace(/[^\n]/g, '');
}
