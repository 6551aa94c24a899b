"""The photo's way: decode, encode with SAM, choose the foreground, compose, describe."""

import os

# From 1.29 on ONNX Runtime sends telemetry, and keeps a device id on the disk. It reads this once,
# when it is imported; started processes inherit it. Sellers are told that nothing is passed on.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# OpenBLAS's threads spin while they wait for work, beside those of ONNX Runtime and the event loop;
# our products of matrices are too small for two. NumPy reads this once, when it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
