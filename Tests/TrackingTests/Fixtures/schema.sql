-- index artifacts_by_digest
CREATE INDEX artifacts_by_digest ON artifacts (sha256);
-- index evaluations_by_dataset
CREATE INDEX evaluations_by_dataset ON evaluations (dataset_id);
-- index evaluations_by_run
CREATE INDEX evaluations_by_run ON evaluations (run_id);
-- index experiment_cells_by_evaluation
CREATE INDEX experiment_cells_by_evaluation ON experiment_cells (evaluation_id);
-- index runs_by_name
CREATE INDEX runs_by_name ON runs (kind, name);
-- table artifacts
CREATE TABLE artifacts (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  kind TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  created_at TEXT NOT NULL,
  UNIQUE (run_id, path)
);
-- table class_lists
CREATE TABLE class_lists (
  digest TEXT PRIMARY KEY,
  ids TEXT NOT NULL CHECK (json_valid(ids))
) WITHOUT ROWID;
-- table data_notes
CREATE TABLE data_notes (
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  position INTEGER NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (run_id, dataset, position)
) WITHOUT ROWID;
-- table datasets
CREATE TABLE datasets (
  id INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  path TEXT NOT NULL,
  item_count INTEGER NOT NULL
, class_list TEXT REFERENCES class_lists (digest));
-- table distortions
CREATE TABLE distortions (
  identity TEXT PRIMARY KEY,
  definition TEXT NOT NULL
) WITHOUT ROWID;
-- table evaluations
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
-- table experiment_cells
CREATE TABLE experiment_cells (
  experiment TEXT NOT NULL,
  dataset TEXT NOT NULL,
  evaluation_id INTEGER NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,
  used_at TEXT NOT NULL,
  PRIMARY KEY (experiment, dataset, evaluation_id)
) WITHOUT ROWID;
-- table failed_items
CREATE TABLE failed_items (
  evaluation_id INTEGER NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,
  item_id INTEGER NOT NULL REFERENCES items (id),
  draw INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (evaluation_id, item_id, draw)
) WITHOUT ROWID;
-- table grdb_migrations
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
-- table items
CREATE TABLE items (
  id INTEGER PRIMARY KEY,
  dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  label INTEGER NOT NULL, content TEXT, sha256 TEXT, also_right TEXT,
  UNIQUE (dataset_id, name)
);
-- table left_out_photos
CREATE TABLE left_out_photos (
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  dataset TEXT NOT NULL,
  item TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (run_id, dataset, item)
) WITHOUT ROWID;
-- table metrics
CREATE TABLE metrics (
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  name TEXT NOT NULL,
  value REAL,
  time TEXT NOT NULL, phase TEXT,
  PRIMARY KEY (run_id, name, step)
) WITHOUT ROWID;
-- table prediction_rows
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
-- table runs
CREATE TABLE "runs" (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('evaluate', 'train', 'agreement')),
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
  pid_namespace TEXT,
  heartbeat_at TEXT,
  error TEXT,
  notes TEXT NOT NULL DEFAULT ''
);
-- table sqlite_sequence
CREATE TABLE sqlite_sequence(name,seq);
-- table tags
CREATE TABLE tags (
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  value TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (run_id, name)
) WITHOUT ROWID;
-- table weights
CREATE TABLE weights (
  sha256 TEXT PRIMARY KEY,
  architecture TEXT NOT NULL,
  path TEXT NOT NULL,
  source TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
-- view predictions
CREATE VIEW predictions AS
  SELECT p.evaluation_id, i.name AS item, p.draw, i.label, p.predicted, p.label_rank,
    p.probability, p.label_probability
  FROM prediction_rows p JOIN items i ON i.id = p.item_id;
-- view top1
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
