// The script of the text place: its cards, what stands behind a letter, and the scored text.
import { startScoring } from "./scoring.js";
import { startWhy } from "./why.js";

startWhy();
startScoring();
