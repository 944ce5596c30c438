using System.Buffers;
using Moda.Weights.Files;

namespace Moda.Weights.Torch;

/// <summary>The named tensors of a model in a PyTorch checkpoint. It must not be used after its <see cref="TorchCheckpoint"/> is disposed.</summary>
internal sealed class StateDict : ITensorSource
{
    private const int ChunkBytes = 1 << 20;

    private static readonly string[] WrapperPrefixes = ["module.", "_orig_mod."];

    private readonly WeightFile file;
    private readonly IReadOnlyDictionary<string, long> offsets;
    private readonly OrderedDictionary<string, TorchTensor> tensors = new(StringComparer.Ordinal);

    internal StateDict(WeightFile file, IReadOnlyDictionary<string, long> offsets, PickleDictionary dictionary, string description)
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

    /// <summary>The stored type of a tensor's elements.</summary>
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

    /// <summary>Reads the stored bytes of a tensor in row-major order, also when its strides differ from that order.</summary>
    /// <exception cref="TensorNotFoundException">There is no such tensor.</exception>
    /// <exception cref="TensorMismatchException">The tensor has more bytes than an array can hold.</exception>
    public byte[] ReadBytes(string name)
    {
        TorchTensor tensor = Find(name);
        long length = (long)tensor.ElementCount * tensor.Type.SizeInBytes();
        if (length > Array.MaxLength)
        {
            throw new TensorMismatchException(name, Description, $"at most {Array.MaxLength} bytes", $"{length} bytes");
        }

        byte[] bytes = new byte[length];
        using TensorElements elements = Elements(tensor);
        elements.CopyTo(0, bytes);
        return bytes;
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

    private void Read(TorchTensor tensor, int first, Span<float> destination)
    {
        int size = tensor.Type.SizeInBytes();
        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        using TensorElements elements = Elements(tensor);
        for (int start = 0; start < destination.Length; start += ChunkBytes / size)
        {
            int count = Math.Min(ChunkBytes / size, destination.Length - start);
            Span<byte> bytes = chunk.AsSpan(0, count * size);
            elements.CopyTo(first + start, bytes);
            TensorConversion.ToSingle(tensor.Type, bytes, destination.Slice(start, count));
        }

        ArrayPool<byte>.Shared.Return(chunk);
    }

    // A tensor without elements may refer to a storage that does not exist.
    private TensorElements Elements(TorchTensor tensor) => new(file, tensor, tensor.ElementCount == 0 ? 0 : offsets[tensor.Storage.Key]);

    private TorchTensor Find(string name) =>
        tensors.TryGetValue(name, out TorchTensor? tensor) ? tensor : throw new TensorNotFoundException(name, Description);
}
