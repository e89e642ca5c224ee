import Sqlite from 'libsql';
import { answer, given } from './child.ts';

// Holds the write lock of a SQLite file from before it is ready until it is told to begin.
const task = JSON.parse(process.argv[2] ?? '') as { file: string };
const database = new Sqlite(task.file);
database.exec('begin immediate');
await given();
database.exec('commit');
database.close();
answer('released');
