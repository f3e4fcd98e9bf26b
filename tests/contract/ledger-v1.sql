BEGIN TRANSACTION;
CREATE TABLE claimants (
    id TEXT PRIMARY KEY, host TEXT NOT NULL, pid INTEGER NOT NULL,
    process_start TEXT NOT NULL, heartbeat REAL NOT NULL
);
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "meta" VALUES('format','gradsplit-ledger');
INSERT INTO "meta" VALUES('version','1');
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    tasks TEXT NOT NULL, seed INTEGER NOT NULL, variant TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('planned', 'running', 'done', 'failed')),
    scores TEXT, error TEXT, output TEXT,
    wall_seconds REAL, peak_memory_bytes INTEGER, device TEXT, host TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    claimed_by TEXT, planned_at REAL NOT NULL, started_at REAL, finished_at REAL,
    UNIQUE (variant, tasks, seed)
);
INSERT INTO "runs" VALUES(1,'pose',0,'','7fcaa86699b20f9d','done','{"pose": 0.5}',NULL,NULL,1.5,1000,'cpu','host',1,NULL,1.79533172967680835726e+09,NULL,1.79533172968083477014e+09);
INSERT INTO "runs" VALUES(2,'depth',0,'','7fcaa86699b20f9d','done','{"depth": 2.0}',NULL,NULL,1.5,1000,'cpu','host',1,NULL,1.79533172967680835726e+09,NULL,1.79533172968486762046e+09);
INSERT INTO "runs" VALUES(3,'pose+depth',0,'','7fcaa86699b20f9d','done','{"pose": 0.45, "depth": 1.5}',NULL,'printed',2.5,1000,'cpu','host',1,NULL,1.79533172967680835726e+09,NULL,1.79533172969286370281e+09);
INSERT INTO "runs" VALUES(4,'pose',1,'','7fcaa86699b20f9d','failed',NULL,'boom',NULL,NULL,NULL,NULL,NULL,1,NULL,1.79533172967680835726e+09,NULL,1.79533172970084095002e+09);
CREATE TABLE settings (fingerprint TEXT PRIMARY KEY, json TEXT NOT NULL);
INSERT INTO "settings" VALUES('7fcaa86699b20f9d','{"recipe": {"steps": 400}}');
CREATE TABLE tasks (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL UNIQUE,
    higher_is_better INTEGER NOT NULL
);
INSERT INTO "tasks" VALUES('pose',0,1);
INSERT INTO "tasks" VALUES('depth',1,0);
CREATE TABLE variants (
    variant TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL REFERENCES settings (fingerprint),
    looks TEXT
);
INSERT INTO "variants" VALUES('','7fcaa86699b20f9d',NULL);
CREATE INDEX running ON runs (claimed_by) WHERE state = 'running';
COMMIT;
