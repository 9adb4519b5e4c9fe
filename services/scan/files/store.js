// What the page keeps on the phone: one IndexedDB, whose every change is whole or not at all.
//
// `kept`: the device's key, settings, what is wrong. `outbox`: requests that are not answered, in
// the order in which they are sent. `sessions`, and `scans` of each.

const NAME = "bilum-scan";
const VERSION = 1;
const CHANGES = "bilum-scan";

let opened = null;
const channel = new BroadcastChannel(CHANGES);

/** Promise what an IDBRequest gives. */
export function got(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * Change the stores named, in one transaction that is on the disk when this resolves.
 * @param {string[]} names
 * @param {(stores: Record<string, IDBObjectStore>) => Promise<T>} work awaits these stores alone
 * @returns {Promise<T>}
 * @template T
 */
export async function change(names, work) {
  const value = await transact(names, "readwrite", work);
  channel.postMessage(null);
  return value;
}

/** Read the stores named, as they were at one moment; see `change`. */
export function read(names, work) {
  return transact(names, "readonly", work);
}

/** Call `heard` when another page of ours, or the service worker, has changed something. */
export function onChange(heard) {
  channel.addEventListener("message", heard);
}

/** Return what is kept under a name. */
export function kept(name) {
  return read(["kept"], ({ kept: store }) => got(store.get(name)));
}

/** Keep a value under a name; undefined: keep nothing. */
export function keep(name, value) {
  return change(["kept"], ({ kept: store }) =>
    got(value === undefined ? store.delete(name) : store.put(value, name)),
  );
}

async function transact(names, mode, work) {
  const database = await open();
  const transaction = database.transaction(names, mode, { durability: "strict" });
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
  });
  const stores = Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)]));
  try {
    const value = await work(stores);
    await done;
    return value;
  } catch (error) {
    done.catch(() => {});
    try {
      transaction.abort();
    } catch {
      // It has ended by itself.
    }
    throw error;
  }
}

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => build(request.result);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

function build(database) {
  database.createObjectStore("kept");
  database.createObjectStore("outbox", { keyPath: "id", autoIncrement: true });
  database.createObjectStore("sessions", { keyPath: "id" });
  const scans = database.createObjectStore("scans", { keyPath: "n", autoIncrement: true });
  scans.createIndex("session", "session");
}
