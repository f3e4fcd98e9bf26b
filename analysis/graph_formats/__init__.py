"""Relation graphs for other programs: one file a format, found by being here.

A format is a file in this folder with one function under `@graph_format(".ending", "for whom")`;
`export`, the help of `gradsplit graph` and the documentation know it from that.
"""
