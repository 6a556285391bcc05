// Brings an object kind's tables up to date. The number of steps done stands beside the tables and in the same commit.
import type { Schema, Sql } from '../../ports/sql.ts';

/**
 * Runs the steps of `schema` that were not run yet, in order, each in one transaction. `script` runs text of several
 * statements. Throws if the tables were made by a later version, which knows steps that we do not.
 */
export function runSchemaSteps(sql: Sql, script: (text: string) => void, schema: Schema): void {
  sql.run(
    'CREATE TABLE IF NOT EXISTS schema_steps (object TEXT NOT NULL PRIMARY KEY, steps INTEGER NOT NULL) WITHOUT ROWID',
  );
  const done =
    sql.first<{ steps: number }>('SELECT steps FROM schema_steps WHERE object = ?', schema.object)?.steps ?? 0;
  if (done > schema.steps.length) {
    throw new Error(
      `the data was written by a newer version: ${schema.object} has ${done} schema steps, this version knows ${schema.steps.length}`,
    );
  }
  for (const [index, step] of schema.steps.entries()) {
    if (index < done) continue;
    sql.transaction(() => {
      const changed = sql.run('UPDATE schema_steps SET steps = ? WHERE object = ?', index + 1, schema.object);
      if (changed === 0) sql.run('INSERT INTO schema_steps (object, steps) VALUES (?, ?)', schema.object, index + 1);
      script(step);
    });
  }
}
