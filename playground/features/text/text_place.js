// The script of the text place: its cards, what stands behind a letter, and the scored text.
import {} from "./scoring.js";
import { startLock } from "./seed_lock.js";
import { startWhy } from "./why_keys.js";

startLock();
startWhy();
