using System.Runtime.InteropServices;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Parameters;

namespace Moda.Kernels.Cuda.Memory;

/// <summary>
/// Moves values between host and device in pieces, each through one of a few pinned buffers. While one buffer is filled, others are being
/// copied. A kernel converts each piece on the device.
/// </summary>
internal sealed class CudaTransfers : IDisposable
{
    /// <summary>Buffers for weights: enough to fill those of one layer while the weights and biases of the layer before are copied.</summary>
    public const int WeightPieces = 4;

    /// <summary>Buffers for frames: one for keypoints to the device, one for pixels from it. More would slow the loading of weights.</summary>
    public const int FramePieces = 2;

    private const int PieceBytes = 8 << 20;
    private const int PieceValues = PieceBytes / sizeof(float);

    private readonly CudaContext context;
    private readonly CudaStream stream;
    private readonly Piece[] pieces;
    private int next;

    /// <summary>Allocates the buffers.</summary>
    /// <param name="context">The device's context.</param>
    /// <param name="stream">What copies and kernels are queued on.</param>
    /// <param name="budget">What the buffers on the device are counted in.</param>
    /// <param name="pieceCount">How many buffers: <see cref="WeightPieces"/> or <see cref="FramePieces"/>.</param>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
    public CudaTransfers(CudaContext context, CudaStream stream, DeviceMemoryBudget budget, int pieceCount)
    {
        this.context = context;
        this.stream = stream;
        pieces = new Piece[pieceCount];
        pieces[0] = new Piece(context, budget);
        using var created = new DisposalStack(pieces[0]);
        for (int index = 1; index < pieceCount; index++)
        {
            pieces[index] = created.Add(new Piece(context, budget));
        }

        created.Release();
    }

    /// <summary>Puts values on the device.</summary>
    /// <param name="values">The values; they may change as soon as the call returns.</param>
    /// <param name="consumer">Queues the kernel that takes a piece.</param>
    public void Upload<TConsumer>(ReadOnlySpan<float> values, in TConsumer consumer)
        where TConsumer : struct, IPieceKernel
    {
        using ContextScope scope = context.Enter();
        for (int first = 0; first < values.Length; first += PieceValues)
        {
            ReadOnlySpan<float> own = values.Slice(first, Math.Min(PieceValues, values.Length - first));
            Piece piece = TakePiece();
            own.CopyTo(piece.Values(own.Length));
            Send(piece, first, own.Length, consumer);
        }
    }

    /// <summary>Puts values on the device that are read piece by piece, each by several threads.</summary>
    /// <param name="values">The values.</param>
    /// <param name="consumer">Queues the kernel that takes a piece.</param>
    public void Upload<TConsumer>(ParameterValues values, in TConsumer consumer)
        where TConsumer : struct, IPieceKernel
    {
        using ContextScope scope = context.Enter();
        for (int first = 0; first < values.Count; first += PieceValues)
        {
            int count = Math.Min(PieceValues, values.Count - first);
            Piece piece = TakePiece();
            values.Read(first, piece.Values(count));
            Send(piece, first, count, consumer);
        }
    }

    /// <summary>Copies bytes to the device as they are.</summary>
    /// <param name="bytes">The bytes; they may change as soon as the call returns.</param>
    /// <param name="destination">Where to.</param>
    public void Upload(ReadOnlySpan<byte> bytes, ulong destination)
    {
        using ContextScope scope = context.Enter();
        for (int first = 0; first < bytes.Length; first += PieceBytes)
        {
            ReadOnlySpan<byte> own = bytes.Slice(first, Math.Min(PieceBytes, bytes.Length - first));
            Piece piece = TakePiece();
            own.CopyTo(piece.Pinned.Bytes);
            stream.CopyToDevice(piece.Pinned.Bytes[..own.Length], destination + (ulong)first);
            piece.Queued.Record(stream);
        }
    }

    /// <summary>Brings values to the host, after everything that is queued.</summary>
    /// <param name="values">Where to.</param>
    /// <param name="producer">Queues the kernel that makes a piece.</param>
    public void Download<TValue, TProducer>(Span<TValue> values, in TProducer producer)
        where TValue : unmanaged
        where TProducer : struct, IPieceKernel
    {
        int pieceValues = PieceBytes / Marshal.SizeOf<TValue>();
        using ContextScope scope = context.Enter();
        for (int first = 0; first < values.Length; first += pieceValues)
        {
            Span<TValue> own = values.Slice(first, Math.Min(pieceValues, values.Length - first));
            Piece piece = TakePiece();
            producer.Queue(piece.Device.Address, first, own.Length);
            Span<byte> bytes = piece.Pinned.Bytes[..MemoryMarshal.AsBytes(own).Length];
            stream.CopyToHost(piece.Device.Address, bytes);
            stream.Synchronize();
            bytes.CopyTo(MemoryMarshal.AsBytes(own));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Piece piece in pieces)
        {
            piece.Dispose();
        }
    }

    private void Send<TConsumer>(Piece piece, int first, int count, in TConsumer consumer)
        where TConsumer : struct, IPieceKernel
    {
        stream.CopyToDevice(piece.Pinned.Bytes[..(count * sizeof(float))], piece.Device.Address);
        consumer.Queue(piece.Device.Address, first, count);
        piece.Queued.Record(stream);
    }

    private Piece TakePiece()
    {
        Piece piece = pieces[next];
        next = (next + 1) % pieces.Length;
        piece.Queued.Synchronize();
        return piece;
    }

    /// <summary>A pinned buffer, a buffer on the device, and an event that tells when both may be used again.</summary>
    private sealed class Piece : IDisposable
    {
        public Piece(CudaContext context, DeviceMemoryBudget budget)
        {
            Pinned = PinnedMemory.Allocate(context, PieceBytes);
            try
            {
                Device = CudaBlock.Allocate(context, budget, PieceBytes);
                Queued = CudaEvent.Create(context, timing: false);
            }
            catch
            {
                Device?.Dispose();
                Pinned.Dispose();
                throw;
            }
        }

        public PinnedMemory Pinned { get; }

        public CudaBlock Device { get; }

        public CudaEvent Queued { get; }

        public Span<float> Values(int count) => MemoryMarshal.Cast<byte, float>(Pinned.Bytes)[..count];

        public void Dispose()
        {
            Queued.Dispose();
            Device.Dispose();
            Pinned.Dispose();
        }
    }
}

/// <summary>A kernel that converts dense values on the device into tensors or packed weights, or back.</summary>
internal interface IPieceKernel
{
    /// <summary>Queues it for a range of all values.</summary>
    /// <param name="values">The address of the range's values.</param>
    /// <param name="first">The first value's place among all.</param>
    /// <param name="count">Values of the range.</param>
    void Queue(ulong values, long first, int count);
}
