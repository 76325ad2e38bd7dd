-- Grain: one log file that was ever read.
select source, path, reading, parser, stamp, fingerprint, "offset", state, events, silent, unknown, bad
from files;
