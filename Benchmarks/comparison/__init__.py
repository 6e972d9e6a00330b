"""Side by side measurements of realitygap and its peers; see Benchmarks/README.md."""
