using System.Runtime.InteropServices;
using Moda.Kernels.Cuda.Interop;

namespace Moda.Kernels.Cuda;

/// <summary>
/// Moves values between host and device in pieces, each through one of two pinned buffers: while one is filled, the other is on its
/// way. A kernel turns each piece into what it is on the device.
/// </summary>
internal sealed class CudaTransfers : IDisposable
{
    private const int PieceBytes = 16 << 20;

    private readonly CudaContext context;
    private readonly CudaStream stream;
    private readonly Piece[] pieces;
    private int next;

    /// <summary>Allocates the buffers.</summary>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
    public CudaTransfers(CudaContext context, CudaStream stream, CudaMemoryBudget budget)
    {
        this.context = context;
        this.stream = stream;
        pieces = [new Piece(context, budget), new Piece(context, budget)];
    }

    /// <summary>Puts values on the device.</summary>
    /// <param name="values">The values; they may change as soon as the call returns.</param>
    /// <param name="consumer">Queues the kernel that takes a piece.</param>
    public void Upload<TConsumer>(ReadOnlySpan<float> values, in TConsumer consumer)
        where TConsumer : struct, IPieceKernel
    {
        const int PieceValues = PieceBytes / sizeof(float);
        using ContextScope scope = context.Enter();
        for (int first = 0; first < values.Length; first += PieceValues)
        {
            ReadOnlySpan<float> own = values.Slice(first, Math.Min(PieceValues, values.Length - first));
            Piece piece = TakePiece();
            ReadOnlySpan<byte> bytes = piece.Fill(MemoryMarshal.AsBytes(own));
            stream.CopyToDevice(bytes, piece.Device.Address);
            consumer.Queue(piece.Device.Address, first, own.Length);
            piece.Queued.Record(stream);
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
            Piece piece = TakePiece();
            stream.CopyToDevice(piece.Fill(bytes.Slice(first, Math.Min(PieceBytes, bytes.Length - first))), destination + (ulong)first);
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

    private Piece TakePiece()
    {
        Piece piece = pieces[next];
        next = (next + 1) % pieces.Length;
        piece.Queued.Synchronize();
        return piece;
    }

    /// <summary>A pinned buffer, its counterpart on the device, and a mark behind what was queued with them last.</summary>
    private sealed class Piece : IDisposable
    {
        public Piece(CudaContext context, CudaMemoryBudget budget)
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

        public ReadOnlySpan<byte> Fill(ReadOnlySpan<byte> bytes)
        {
            Span<byte> own = Pinned.Bytes[..bytes.Length];
            bytes.CopyTo(own);
            return own;
        }

        public void Dispose()
        {
            Queued.Dispose();
            Device.Dispose();
            Pinned.Dispose();
        }
    }
}

/// <summary>A kernel that turns dense values on the device into something, or the other way round.</summary>
internal interface IPieceKernel
{
    /// <summary>Queues it for a range of all values.</summary>
    /// <param name="values">The address of the range's values.</param>
    /// <param name="first">The first value's place among all.</param>
    /// <param name="count">Values of the range.</param>
    void Queue(ulong values, long first, int count);
}
