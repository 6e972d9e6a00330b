-- A database of schema version 1, as the first realitygap wrote it. Scripts/fixtures/database.sh
-- makes version1.db of this. Never change it: it stands for files that are out there.
PRAGMA page_size = 1024;
PRAGMA application_id = 1380409712;
BEGIN;
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES ('1');

CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('evaluate', 'train')),
  name TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'finished', 'failed', 'interrupted')),
  started_at TEXT NOT NULL,
  finished_at TEXT,
  resumed INTEGER NOT NULL DEFAULT 0,
  configuration TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(configuration)),
  command TEXT NOT NULL DEFAULT '',
  versions TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(versions)),
  source_commit TEXT,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  process_start TEXT,
  error TEXT,
  notes TEXT NOT NULL DEFAULT ''
);
CREATE INDEX runs_by_name ON runs (kind, name);
CREATE TABLE metrics (
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  name TEXT NOT NULL,
  value REAL,
  time TEXT NOT NULL,
  PRIMARY KEY (run_id, name, step)
) WITHOUT ROWID;
CREATE TABLE artifacts (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  kind TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  created_at TEXT NOT NULL,
  UNIQUE (run_id, path)
);
CREATE INDEX artifacts_by_digest ON artifacts (sha256);
CREATE TABLE tags (
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  value TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (run_id, name)
) WITHOUT ROWID;
CREATE TABLE weights (
  sha256 TEXT PRIMARY KEY,
  architecture TEXT NOT NULL,
  path TEXT NOT NULL,
  source TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE datasets (
  id INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  path TEXT NOT NULL,
  item_count INTEGER NOT NULL
);
CREATE TABLE items (
  id INTEGER PRIMARY KEY,
  dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  label INTEGER NOT NULL,
  UNIQUE (dataset_id, name)
);
CREATE TABLE evaluations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  cell_key TEXT NOT NULL UNIQUE,
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  experiment TEXT NOT NULL,
  experiment_sha256 TEXT NOT NULL,
  model TEXT NOT NULL,
  weights_sha256 TEXT NOT NULL REFERENCES weights (sha256),
  dataset_id INTEGER NOT NULL REFERENCES datasets (id),
  condition TEXT NOT NULL
    CHECK (condition IN ('canonical', 'distorted', 'corrected', 'raw')),
  view TEXT NOT NULL CHECK (view IN ('canonical', 'distorted', 'raw')),
  distortion TEXT,
  corrector_sha256 TEXT,
  corrector_path TEXT,
  corrector_run_id INTEGER REFERENCES runs (id) ON DELETE SET NULL,
  seed INTEGER,
  draws INTEGER NOT NULL,
  item_limit INTEGER,
  expected INTEGER NOT NULL,
  engine TEXT NOT NULL,
  engine_version TEXT NOT NULL,
  precision TEXT NOT NULL,
  threads INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('unfinished', 'finished')),
  started_at TEXT NOT NULL,
  finished_at TEXT
);
CREATE INDEX evaluations_by_run ON evaluations (run_id);
CREATE INDEX evaluations_by_dataset ON evaluations (dataset_id);
CREATE TABLE experiment_cells (
  experiment TEXT NOT NULL,
  dataset TEXT NOT NULL,
  evaluation_id INTEGER NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,
  used_at TEXT NOT NULL,
  PRIMARY KEY (experiment, dataset, evaluation_id)
) WITHOUT ROWID;
CREATE INDEX experiment_cells_by_evaluation ON experiment_cells (evaluation_id);
CREATE TABLE prediction_rows (
  evaluation_id INTEGER NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,
  item_id INTEGER NOT NULL REFERENCES items (id),
  draw INTEGER NOT NULL,
  predicted INTEGER NOT NULL,
  label_rank INTEGER NOT NULL,
  probability REAL NOT NULL,
  label_probability REAL NOT NULL,
  PRIMARY KEY (evaluation_id, item_id, draw)
) WITHOUT ROWID;
CREATE TABLE failed_items (
  evaluation_id INTEGER NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,
  item_id INTEGER NOT NULL REFERENCES items (id),
  draw INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (evaluation_id, item_id, draw)
) WITHOUT ROWID;
CREATE VIEW predictions AS
  SELECT p.evaluation_id, i.name AS item, p.draw, i.label, p.predicted, p.label_rank,
    p.probability, p.label_probability
  FROM prediction_rows p JOIN items i ON i.id = p.item_id;
CREATE VIEW top1 AS
  SELECT e.run_id, c.experiment, e.model, c.dataset, e.condition,
    e.corrector_sha256 AS corrector, e.draws,
    COALESCE(p.correct, 0) AS correct, COALESCE(p.total, 0) AS total,
    100.0 * p.correct / p.total AS top1
  FROM experiment_cells c
  JOIN evaluations e ON e.id = c.evaluation_id
  LEFT JOIN (
    SELECT evaluation_id, SUM(label_rank = 0) AS correct, COUNT(*) AS total
    FROM prediction_rows GROUP BY evaluation_id
  ) p ON p.evaluation_id = e.id
  WHERE e.status = 'finished'
  ORDER BY c.experiment, c.dataset, e.id;

INSERT INTO runs VALUES
  (1, 'train', 'paper', 'finished', '2026-11-01T10:00:00.000Z', '2026-11-01T11:00:00.000Z', 1,
    '{"phases":1}', 'realitygap train', '{"realitygap":"0.1.0"}', 'abc', 'lab', 7, 'boot/1', NULL,
    'best so far'),
  (3, 'evaluate', 'sample', 'failed', '2026-11-02T10:00:00.000Z', '2026-11-02T10:00:09.000Z', 0,
    '{"weights":{"squeezenet1_1":"w1"}}', 'realitygap run', '{"realitygap":"0.1.0"}', NULL, 'lab', 8,
    NULL, 'no space', '');
INSERT INTO metrics VALUES
  (1, 1, 'train/loss', 0.5, '2026-11-01T10:10:00.000Z'),
  (1, 2, 'train/loss', NULL, '2026-11-01T10:20:00.000Z');
INSERT INTO artifacts VALUES
  (4, 1, 'g/corrector.h5', 'corrector', 'c1', '2026-11-01T11:00:00.000Z');
INSERT INTO tags VALUES (1, 'lab', 'a'), (3, 'good', '');
INSERT INTO weights VALUES ('w1', 'squeezenet1_1', '/w.h5', 'torchvision');
INSERT INTO datasets VALUES (2, 'f1', 'sample', 'labelled-folder', '/data', 2);
INSERT INTO items VALUES (11, 2, 'a.jpg', 3), (12, 2, 'b.jpg', 5);
INSERT INTO evaluations VALUES
  (5, '2984d02f9571c5932436e92f1770f2366e47454bc6a3957384282093d2648665', 3, 'sample',
    'e1', 'squeezenet1_1', 'w1', 2, 'canonical', 'canonical', NULL, NULL, NULL, NULL, NULL, 1, NULL,
    2, 'auto', 'OpenBLAS 0.3.21', 'float32', 2, 'finished', '2026-11-02T10:00:00.000Z',
    '2026-11-02T10:00:05.000Z'),
  (6, '49e61353edba19fc078b11956e33bfe99f0ebc87a19201a3d5cbac97c41b3e89', 3, 'sample',
    'e1', 'squeezenet1_1', 'w1', 2, 'corrected', 'distorted', 'paper', 'c1', 'g/corrector.h5', 1, 9,
    2, 2, 4, 'auto', 'OpenBLAS 0.3.21', 'float32', 2, 'unfinished', '2026-11-02T10:00:00.000Z',
    NULL);
INSERT INTO experiment_cells VALUES
  ('sample', 'photos', 5, '2026-11-02T10:00:00.000Z'),
  ('sample', 'photos', 6, '2026-11-02T10:00:00.000Z'),
  ('other', 'mine', 5, '2026-11-03T10:00:00.000Z');
INSERT INTO prediction_rows VALUES
  (5, 11, 0, 3, 0, 0.75, 0.75), (6, 11, 0, 7, 4, 0.5, 0.125), (6, 11, 1, 3, 0, 0.9, 0.9);
INSERT INTO failed_items VALUES (5, 12, 0, 'not a JPEG file');
COMMIT;
