using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;

namespace Moda.Kernels.Cuda.Driver;

/// <summary>
/// The arguments of one launch, in the kernel's order, packed on the stack. Types must be the kernel's to the bit:
/// <c>int</c> for int, <c>float</c> for float, <c>long</c> for long long, a structure for a structure of the same layout.
/// Shapes given along with addresses are only kept for the error that a failed launch becomes.
/// </summary>
internal unsafe ref struct KernelArguments
{
    /// <summary>The most arguments of a launch.</summary>
    public const int MaximumCount = 48;

    /// <summary>The most bytes of all arguments.</summary>
    public const int MaximumBytes = 1024;

    private const int MaximumShapes = 12;

    private Values values;
    private Offsets offsets;
    private Shapes shapes;
    private int byteLength;
    private int shapeCount;

    /// <summary>How many arguments were added.</summary>
    public int Count { get; private set; }

    /// <summary>Adds the address of device memory.</summary>
    [UnscopedRef]
    public ref KernelArguments AddPointer(ulong address) => ref Add(address);

    /// <summary>Adds the address of a tensor.</summary>
    [UnscopedRef]
    public ref KernelArguments AddPointer(ulong address, in Shape shape)
    {
        if (shapeCount < MaximumShapes)
        {
            shapes[shapeCount++] = shape;
        }

        return ref Add(address);
    }

    /// <summary>Adds a number or a structure without references.</summary>
    /// <exception cref="InvalidOperationException">There are too many.</exception>
    [UnscopedRef]
    public ref KernelArguments Add<T>(in T value)
        where T : unmanaged
    {
        // The driver copies each from its own address, so that any alignment here would do; 8 keeps the copies simple.
        int offset = (byteLength + 7) & ~7;
        if (Count == MaximumCount || offset + sizeof(T) > MaximumBytes)
        {
            throw new InvalidOperationException(
                $"A launch takes at most {MaximumCount} arguments of {MaximumBytes} bytes in all; pass a structure in device memory.");
        }

        Unsafe.WriteUnaligned(ref values[offset], value);
        offsets[Count++] = (ushort)offset;
        byteLength = offset + sizeof(T);
        return ref this;
    }

    /// <summary>Writes the addresses of the arguments, as the driver wants them.</summary>
    /// <param name="addresses">Room for <see cref="Count"/> addresses. They hold while this structure is where it is.</param>
    public readonly void WriteAddresses(void** addresses)
    {
        byte* first = (byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in values[0]));
        for (int index = 0; index < Count; index++)
        {
            addresses[index] = first + offsets[index];
        }
    }

    /// <summary>The shapes of the tensors among the arguments, for an error.</summary>
    public readonly string DescribeShapes()
    {
        var text = new StringBuilder();
        for (int index = 0; index < shapeCount; index++)
        {
            text.Append(index == 0 ? "tensors " : ", ").Append(shapes[index].ToString());
        }

        return shapeCount == 0 ? "no tensors" : text.ToString();
    }

    [InlineArray(MaximumBytes)]
    private struct Values
    {
        private byte first;
    }

    [InlineArray(MaximumCount)]
    private struct Offsets
    {
        private ushort first;
    }

    [InlineArray(MaximumShapes)]
    private struct Shapes
    {
        private Shape first;
    }
}
