"""The program: its command line, its settings, its assembly."""

import pipeline  # noqa: F401 - turns telemetry off before any module imports ONNX Runtime
