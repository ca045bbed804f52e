import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Roster, type Rostered } from '../../src/lib/roster.ts';

test('a roster has those who came and have not gone, each once', () => {
  const steps = fc.array(fc.record({ who: fc.nat(9), comes: fc.boolean() }), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (taken) => {
      const people: Rostered[] = Array.from({ length: 10 }, () => ({ place: undefined }));
      const roster = new Roster<Rostered>();
      const expected = new Set<Rostered>();
      for (const { who, comes } of taken) {
        const person = people[who];
        if (person === undefined) continue;
        if (!comes) roster.remove(person);
        else if (!roster.has(person)) roster.add(person);
        if (comes) expected.add(person);
        else expected.delete(person);
      }
      expect(roster.all().length).toBe(expected.size);
      expect(new Set(roster.all())).toEqual(expected);
      for (const person of people) expect(roster.has(person)).toBe(expected.has(person));
    }),
  );
});

test('who goes while the roster is read is still in what is read', () => {
  const roster = new Roster<Rostered>();
  const people: Rostered[] = Array.from({ length: 5 }, () => ({ place: undefined }));
  for (const person of people) roster.add(person);
  let read = 0;
  for (const person of roster.all()) {
    roster.remove(person);
    read++;
  }
  expect(read).toBe(5);
  expect(roster.all()).toEqual([]);
});
