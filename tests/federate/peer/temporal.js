// Fedify counts on Temporal, which Node has only from version 26 on. Imported before Fedify.
import { Temporal } from "@js-temporal/polyfill";

globalThis.Temporal ??= Temporal;
