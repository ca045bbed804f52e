/** What can stand on a roster. */
export interface Rostered {
  /** Where it stands; undefined: nowhere. Of the roster alone. */
  place: number | undefined;
}

/**
 * Those present, where many come and go each second and their order means nothing. A Set rebuilds its table as its
 * members go and links every table to the next one; once one of them is old, all that come after it outlive the young
 * generation, and with them every member they ever had.
 */
export class Roster<Member extends Rostered> {
  readonly #members: Member[] = [];

  /** Adds one that stands on no roster. */
  add(member: Member): void {
    member.place = this.#members.push(member) - 1;
  }

  /** Takes one off, if it stands here. */
  remove(member: Member): void {
    const { place } = member;
    if (place === undefined) return;
    member.place = undefined;
    const last = this.#members.pop();
    if (last === undefined || last === member) return;
    this.#members[place] = last;
    last.place = place;
  }

  has(member: Member): boolean {
    return member.place !== undefined;
  }

  /** Those present now; who goes meanwhile changes nothing in it. */
  all(): readonly Member[] {
    return [...this.#members];
  }
}
