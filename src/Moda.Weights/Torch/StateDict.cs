using System.Diagnostics.CodeAnalysis;

namespace Moda.Weights;

/// <summary>The named tensors of a model in a PyTorch checkpoint. Valid as long as its <see cref="TorchCheckpoint"/> is not disposed.</summary>
public sealed class StateDict : ITensorSource
{
    private static readonly string[] WrapperPrefixes = ["module.", "_orig_mod."];

    private readonly MappedFile file;
    private readonly IReadOnlyDictionary<string, long> offsets;
    private readonly OrderedDictionary<string, TorchTensor> tensors = new(StringComparer.Ordinal);

    internal StateDict(MappedFile file, IReadOnlyDictionary<string, long> offsets, PickleDictionary dictionary, string description)
    {
        this.file = file;
        this.offsets = offsets;
        Description = description;
        string[] names = [.. dictionary.Named.Where(entry => entry.Value is TorchTensor).Select(entry => entry.Key)];
        int prefix = WrapperPrefixLength(names);
        foreach (string name in names)
        {
            tensors.Add(name[prefix..], (TorchTensor)dictionary.Named[name]!);
        }
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => tensors.Keys;

    /// <inheritdoc/>
    public bool TryGetShape(string name, out ReadOnlyMemory<int> shape)
    {
        bool found = tensors.TryGetValue(name, out TorchTensor? tensor);
        shape = found ? tensor!.Shape : default;
        return found;
    }

    /// <summary>How the elements of a tensor are stored.</summary>
    /// <exception cref="TensorNotFoundException">There is no such tensor.</exception>
    public StoredType ElementType(string name) => Find(name).Type;

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination)
    {
        TorchTensor tensor = Find(name);
        if (destination.Length != tensor.ElementCount)
        {
            throw new TensorMismatchException(name, Description, $"{destination.Length} elements", TensorShape.Format(tensor.Shape));
        }

        Read(tensor, 0, destination);
    }

    /// <inheritdoc/>
    public void ReadRange(string name, int first, Span<float> destination)
    {
        TorchTensor tensor = Find(name);
        TensorRange.Check(name, Description, tensor.ElementCount, first, destination.Length);
        Read(tensor, first, destination);
    }

    /// <summary>Reads the elements of a tensor as they are stored, row-major, whatever its strides.</summary>
    /// <exception cref="TensorNotFoundException">There is no such tensor.</exception>
    public byte[] ReadBytes(string name)
    {
        TorchTensor tensor = Find(name);
        byte[] bytes = new byte[checked(tensor.ElementCount * tensor.Type.SizeInBytes())];
        using MappedView view = View(tensor);
        var read = new ByteReader(tensor.Type.SizeInBytes(), view, bytes);
        ForEachRun(tensor, 0, tensor.ElementCount, ref read);
        return bytes;
    }

    private interface IRunReader
    {
        /// <summary>Takes the next <paramref name="count"/> elements in row-major order; they begin at an index of the mapped part.</summary>
        void Take(long first, int count);
    }

    private static int WrapperPrefixLength(string[] names)
    {
        int length = 0;
        bool again;
        do
        {
            again = false;
            foreach (string prefix in WrapperPrefixes)
            {
                if (names.Length > 0 && names.All(name => name.AsSpan(length).StartsWith(prefix, StringComparison.Ordinal)))
                {
                    length += prefix.Length;
                    again = true;
                }
            }
        }
        while (again);
        return length;
    }

    // Runs of elements that lie side by side: all of them when the tensor is contiguous, single ones in the worst case.
    private static void ForEachRun<TReader>(TorchTensor tensor, int first, int count, ref TReader reader)
        where TReader : struct, IRunReader, allows ref struct
    {
        const int LongestRun = 1 << 24;
        if (tensor.IsContiguous)
        {
            for (int start = 0; start < count; start += LongestRun)
            {
                reader.Take(first + start, Math.Min(LongestRun, count - start));
            }

            return;
        }

        int last = tensor.Shape.Length - 1;
        bool inner = tensor.Strides[last] == 1;
        int run = inner ? tensor.Shape[last] : 1;
        int dimensions = inner ? last : last + 1;
        (int row, int column) = Math.DivRem(first, run);
        int[] index = new int[dimensions];
        long position = 0;
        for (int d = dimensions - 1; d >= 0; d--)
        {
            (row, index[d]) = Math.DivRem(row, tensor.Shape[d]);
            position += tensor.Strides[d] * index[d];
        }

        for (int taken; count > 0; count -= taken, column = 0)
        {
            taken = Math.Min(run - column, count);
            reader.Take(position + column, taken);
            for (int d = dimensions - 1; d >= 0; d--)
            {
                position += tensor.Strides[d];
                if (++index[d] < tensor.Shape[d])
                {
                    break;
                }

                position -= tensor.Strides[d] * index[d];
                index[d] = 0;
            }
        }
    }

    private void Read(TorchTensor tensor, int first, Span<float> destination)
    {
        using MappedView view = View(tensor);
        var read = new FloatReader(tensor.Type, view, destination);
        ForEachRun(tensor, first, destination.Length, ref read);
    }

    private MappedView View(TorchTensor tensor)
    {
        int size = tensor.Type.SizeInBytes();
        return tensor.ElementCount == 0
            ? file.View(0, 0)
            : file.View(offsets[tensor.Storage.Key] + (tensor.Storage.FirstElement + tensor.Offset) * size, tensor.Span * size);
    }

    private TorchTensor Find(string name) =>
        tensors.TryGetValue(name, out TorchTensor? tensor) ? tensor : throw new TensorNotFoundException(name, Description);

    private ref struct FloatReader(StoredType type, MappedView view, Span<float> destination) : IRunReader
    {
        private readonly Span<float> destination = destination;
        private int next;

        public void Take(long first, int count)
        {
            int size = type.SizeInBytes();
            TensorConversion.ToSingle(type, view.Slice(first * size, count * size), destination.Slice(next, count));
            next += count;
        }
    }

    private ref struct ByteReader(int size, MappedView view, Span<byte> destination) : IRunReader
    {
        private readonly Span<byte> destination = destination;
        private int next;

        public void Take(long first, int count)
        {
            view.Slice(first * size, count * size).CopyTo(destination[next..]);
            next += count * size;
        }
    }
}
