type Defined<Fields> = { [Name in keyof Fields]: Exclude<Fields[Name], undefined> };

/** A copy without the fields that are undefined: a schema's optional field may be that, a change's must not be there. */
export function defined<Fields extends object>(fields: Fields): Defined<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<Fields>;
}
