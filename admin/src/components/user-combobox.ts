import { useRef, useState } from 'preact/hooks';
import type { User } from '../api/calls.ts';
import { useFoundUsers, useLookUp } from './found-users.ts';
import { useUserNames } from './user-names.ts';

/** What stands for a user when what was typed names none; no call takes it for an id. */
export const nobodyKnown = '?';

export interface Choice {
  readonly kind?: User['kind'];
  /** An id; '' for nobody; `nobodyKnown`. */
  readonly value: string;
  /** Takes the active ones alone. */
  readonly isActiveOnly?: boolean;
  readonly onChange: (id: string) => void;
}

/** What a field in which a user is searched is at: what it shows, what it found, and what is done in it. */
export function useUserCombobox({ kind, value, isActiveOnly = false, onChange }: Choice) {
  const [chosen, setChosen] = useState<User>();
  /** What is being typed; undefined: the field shows who is chosen. */
  const [typed, setTyped] = useState<string>();
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const [unknown, setUnknown] = useState<string>();
  /** Grows with all that is done here: an answer that comes later than that is about something else. */
  const turn = useRef(0);
  const lookUp = useLookUp(kind, isActiveOnly);
  const { users, says } = useFoundUsers(isOpen ? (typed ?? '') : undefined, kind, isActiveOnly);
  const chosenName = useChosenName(value, chosen);

  const show = (open: boolean, text?: string): void => {
    turn.current++;
    setOpen(open);
    setTyped(text);
    setAt(-1);
    setUnknown(undefined);
  };
  const choose = (user: User | undefined): void => {
    setChosen(user);
    onChange(user?.id ?? '');
    show(false);
  };
  /** A name that was typed whole counts, and so does a field that was emptied. */
  const leave = async (): Promise<void> => {
    const name = typed?.trim().toLowerCase();
    if (name === '') return choose(undefined);
    if (name === undefined) return show(false);
    const found = users.find(({ username }) => username === name);
    if (found !== undefined) return choose(found);
    show(false, name);
    onChange(nobodyKnown);
    const asked = turn.current;
    const named = await lookUp(name);
    if (turn.current !== asked) return undefined;
    return named === undefined ? setUnknown(name) : choose(named);
  };
  const move = (by: 1 | -1): void => {
    if (!isOpen) return show(true, typed);
    const from = at < 0 && by < 0 ? 0 : at;
    return setAt(users.length === 0 ? -1 : (from + by + users.length) % users.length);
  };
  const keys: Readonly<Record<string, (() => void) | undefined>> = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    ...(isOpen && { Enter: () => (users[at] === undefined ? void leave() : choose(users[at])) }),
    ...(isOpen && { Escape: () => (value === nobodyKnown ? choose(undefined) : show(false)) }),
  };
  return { typed, text: typed ?? chosenName, isOpen, users, says, at, unknown, keys, show, choose, leave };
}

/** Nothing until the name is known, rather than an id that nobody has typed. */
function useChosenName(value: string, chosen: User | undefined): string {
  const isKnown = value === '' || value === nobodyKnown || chosen?.id === value;
  const nameOf = useUserNames(isKnown ? [] : [value]);
  if (isKnown) return chosen?.id === value ? chosen.username : '';
  const name = nameOf(value);
  return name === value ? '' : name;
}
