using System.Runtime.InteropServices;
using System.Text;

namespace Moda.Testing.FaceModels;

/// <summary>Writes small ONNX files (protobuf, onnx.proto3) whose outputs a test knows.</summary>
public sealed class OnnxModelWriter
{
    private const int Float = 1;
    private const int Int64 = 7;

    private readonly ProtobufWriter graph = new();

    /// <summary>Declares an input of float32; extents of -1 are left open.</summary>
    public string Input(string name, params long[] shape)
    {
        graph.Message(11, ValueInfo(name, shape));
        return name;
    }

    /// <summary>Declares an output of float32; extents of -1 are left open.</summary>
    public void Output(string name, params long[] shape) => graph.Message(12, ValueInfo(name, shape));

    /// <summary>A tensor of float32.</summary>
    public string Constant(string name, float[] values, params long[] shape) => Tensor(name, Float, MemoryMarshal.AsBytes(values.AsSpan()), shape);

    /// <summary>A list of int64.</summary>
    public string Integers(string name, params long[] values) => Tensor(name, Int64, MemoryMarshal.AsBytes(values.AsSpan()), [values.Length]);

    /// <summary>Adds an operation with one output.</summary>
    /// <param name="type">Its name in the operator set.</param>
    /// <param name="output">The output's name.</param>
    /// <param name="inputs">The inputs' names.</param>
    /// <param name="attributes">Attributes of integers; one value alone is written as a scalar.</param>
    public string Operation(string type, string output, string[] inputs, params (string Name, long[] Values)[] attributes)
    {
        var node = new ProtobufWriter();
        foreach (string input in inputs)
        {
            node.Text(1, input);
        }

        node.Text(2, output);
        node.Text(4, type);
        foreach ((string name, long[] values) in attributes)
        {
            const int Scalar = 2;
            const int List = 7;
            var attribute = new ProtobufWriter();
            attribute.Text(1, name);
            foreach (long value in values)
            {
                attribute.Integer(values.Length == 1 ? 3 : 8, value);
            }

            attribute.Integer(20, values.Length == 1 ? Scalar : List);
            node.Message(5, attribute);
        }

        graph.Message(1, node);
        return output;
    }

    /// <summary>Part of a tensor, from a start up to an end along each axis.</summary>
    public string Slice(string output, string input, long[] starts, long[] ends, long[] axes) => Operation(
        "Slice",
        output,
        [input, Integers($"{output}.starts", starts), Integers($"{output}.ends", ends), Integers($"{output}.axes", axes)]);

    /// <summary>The same values in another shape.</summary>
    public string Reshape(string output, string input, params long[] shape) =>
        Operation("Reshape", output, [input, Integers($"{output}.shape", shape)]);

    /// <summary>Writes the file.</summary>
    public void Save(string path)
    {
        graph.Text(2, "test");
        var operators = new ProtobufWriter();
        operators.Integer(2, 13);
        var model = new ProtobufWriter();
        model.Integer(1, 8);
        model.Message(7, graph);
        model.Message(8, operators);
        File.WriteAllBytes(path, model.ToArray());
    }

    private string Tensor(string name, int type, ReadOnlySpan<byte> bytes, long[] shape)
    {
        var tensor = new ProtobufWriter();
        foreach (long extent in shape)
        {
            tensor.Integer(1, extent);
        }

        tensor.Integer(2, type);
        tensor.Text(8, name);
        tensor.Bytes(9, bytes);
        graph.Message(5, tensor);
        return name;
    }

    private static ProtobufWriter ValueInfo(string name, long[] shape)
    {
        var extents = new ProtobufWriter();
        for (int axis = 0; axis < shape.Length; axis++)
        {
            var extent = new ProtobufWriter();
            if (shape[axis] >= 0)
            {
                extent.Integer(1, shape[axis]);
            }
            else
            {
                extent.Text(2, $"extent{axis}");
            }

            extents.Message(1, extent);
        }

        var tensor = new ProtobufWriter();
        tensor.Integer(1, Float);
        tensor.Message(2, extents);
        var type = new ProtobufWriter();
        type.Message(1, tensor);
        var info = new ProtobufWriter();
        info.Text(1, name);
        info.Message(2, type);
        return info;
    }

    /// <summary>A protobuf message: its fields one after the other.</summary>
    private sealed class ProtobufWriter
    {
        private const int VariableLength = 0;
        private const int LengthDelimited = 2;

        private readonly List<byte> bytes = [];

        public void Integer(int field, long value)
        {
            Variable(Tag(field, VariableLength));
            Variable((ulong)value);
        }

        public void Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

        public void Message(int field, ProtobufWriter value) => Bytes(field, value.ToArray());

        public void Bytes(int field, ReadOnlySpan<byte> value)
        {
            Variable(Tag(field, LengthDelimited));
            Variable((ulong)value.Length);
            bytes.AddRange(value);
        }

        public byte[] ToArray() => [.. bytes];

        private static ulong Tag(int field, int kind) => (ulong)(field << 3 | kind);

        private void Variable(ulong value)
        {
            for (; value >= 0x80; value >>= 7)
            {
                bytes.Add((byte)(value | 0x80));
            }

            bytes.Add((byte)value);
        }
    }
}
