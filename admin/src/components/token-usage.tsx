import { useState } from 'preact/hooks';
import { useList } from '../api/use-call.ts';
import { Listing } from './listing.tsx';
import { Section } from './page.tsx';
import { UsageChart } from './usage-chart.tsx';

const [hourMs, hours] = [3_600_000, 48];

/** How a token was used in the last two days, by hour. */
export function TokenUsage({ tokenId }: { readonly tokenId: string }) {
  const [now] = useState(() => Date.now());
  const first = now - (now % hourMs) - (hours - 1) * hourMs;
  const list = useList('GET /usage', {
    query: { token_id: tokenId, from: new Date(first).toISOString(), limit: '200' },
  });
  return (
    <Section title="Requests in the last 48 hours">
      <Listing list={list} empty={<p>It has not been used in this time.</p>}>
        {(items) => {
          const bars = Array.from({ length: hours }, (_, at) => {
            const hour = new Date(first + at * hourMs).toISOString();
            const found = items.filter((item) => Date.parse(item.hour) === Date.parse(hour));
            return {
              hour,
              allowed: found.reduce((sum, one) => sum + one.allowed, 0),
              refused: found.reduce((sum, one) => sum + one.refused, 0),
            };
          });
          return <UsageChart bars={bars} />;
        }}
      </Listing>
    </Section>
  );
}
