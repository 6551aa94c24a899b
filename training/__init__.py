"""How the foreground head's weights were made: photos in, ``weights/foreground-head.onnx`` out."""
