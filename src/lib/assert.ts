/** Marks a branch that the types rule out; reaching it is a fault of the program, so it throws. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
