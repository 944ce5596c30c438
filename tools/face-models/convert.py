#!/usr/bin/env python3
"""Converts the face detector and the landmark network of the npm package @vladmandic/face-api (MIT) to safetensors.

    npm pack @vladmandic/face-api && tar xzf vladmandic-face-api-*.tgz
    python3 tools/face-models/convert.py package/model src/Moda.Runtime/Resources

The package stores uint8 with a scale and a minimum for each tensor; they are dequantised to float32 here, once.
TensorFlow's filter layouts become PyTorch's: [kh, kw, in, out] -> [out, in, kh, kw], depthwise [kh, kw, C, 1] -> [C, 1, kh, kw].
Standard library only.
"""
import json
import struct
import sys
from array import array
from pathlib import Path

NETWORKS = {"tiny_face_detector_model": "face_detector", "face_landmark_68_model": "face_landmarks"}


def canonical(name):
    """conv1/depthwise_filter -> conv1.depthwise.weight, conv1/bias -> conv1.pointwise.bias."""
    *path, leaf = name.split("/")
    leaf = {"filters": "weight", "depthwise_filter": "depthwise.weight", "pointwise_filter": "pointwise.weight",
            "weights": "weight", "bias": "bias"}[leaf]
    return ".".join(path + [leaf])


def transpose(values, shape):
    """TensorFlow's row-major order to PyTorch's."""
    if len(shape) == 2:                                   # [in, out] -> [out, in]
        rows, columns = shape
        return [values[i * columns + o] for o in range(columns) for i in range(rows)], [columns, rows]
    if len(shape) == 4:
        kh, kw, inputs, outputs = shape
        at = lambda y, x, i, o: values[((y * kw + x) * inputs + i) * outputs + o]
        if outputs == 1:                                  # depthwise
            return [at(y, x, i, 0) for i in range(inputs) for y in range(kh) for x in range(kw)], [inputs, 1, kh, kw]
        return ([at(y, x, i, o) for o in range(outputs) for i in range(inputs) for y in range(kh) for x in range(kw)],
                [outputs, inputs, kh, kw])
    return values, shape


def read(folder, model):
    manifest = json.loads((folder / f"{model}-weights_manifest.json").read_text())
    tensors = {}
    for group in manifest:
        data = b"".join((folder / path).read_bytes() for path in group["paths"])
        position = 0
        separable = {w["name"].rsplit("/", 1)[0] for w in group["weights"] if w["name"].endswith("pointwise_filter")}
        for weight in group["weights"]:
            count = 1
            for extent in weight["shape"]:
                count *= extent
            scale, minimum = weight["quantization"]["scale"], weight["quantization"]["min"]
            values = [byte * scale + minimum for byte in data[position:position + count]]
            position += count
            name = canonical(weight["name"])
            layer, leaf = weight["name"].rsplit("/", 1)
            if leaf == "bias" and layer in separable:
                name = name.removesuffix("bias") + "pointwise.bias"
            tensors[name] = transpose(values, weight["shape"])
        if position != len(data):
            raise SystemExit(f"{model}: {len(data) - position} bytes are left over")
    return tensors


def write(path, tensors, metadata):
    header, offset, blobs = {"__metadata__": metadata}, 0, []
    for name in sorted(tensors):
        values, shape = tensors[name]
        blob = array("f", values).tobytes()
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + len(blob)]}
        offset += len(blob)
        blobs.append(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def main():
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    for model, name in NETWORKS.items():
        tensors = read(source, model)
        write(target / f"{name}.safetensors", tensors,
              {"source": f"@vladmandic/face-api, model/{model}", "license": "MIT"})
        print(f"{name}: {len(tensors)} tensors")


main()
