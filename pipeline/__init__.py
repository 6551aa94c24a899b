"""The photo's way: decode, encode with SAM, choose the foreground, compose, describe."""

import os

# From 1.29 on ONNX Runtime sends telemetry, and keeps a device id on the disk. It reads this once,
# when it is imported; started processes inherit it. Sellers are told that nothing is passed on.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
