/// What lasts, written like a ledger, and what expires.
///
/// ```
/// StateDirectory   one process at a time (lock); whole files: temporary file, fsync, rename, fsync of the directory
///    └ Ledger      appended records, each with its checksum; rewritten when most of it is of the past
/// ExpiringMap      bounded by number and weight; entries expire
/// Budget           the heap that collections share
/// ```
///
/// A file that we can't read stops start-up with a sentence (`StoreException`) and is left as it is. Knows JSON, and
/// nothing of what is stored.
package tsidp.store;
