import postgres from 'postgres';

/** Every row of every table of a database, as Postgres writes it. */
export async function dumpDatabase(url: string): Promise<string> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    const tables = await sql<{ schema: string; name: string }[]>`
      SELECT table_schema AS schema, table_name AS name FROM information_schema.tables
      WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'`;
    const dumps = await Promise.all(
      tables.map(async ({ schema, name }) => {
        const rows = await sql<{ row: string }[]>`SELECT t::text AS row FROM ${sql(schema)}.${sql(name)} AS t`;
        return `${name}\n${rows.map(({ row }) => row).join('\n')}`;
      }),
    );
    return dumps.join('\n\n');
  } finally {
    await sql.end({ timeout: 5 });
  }
}
