using System.Buffers;
using System.Runtime.CompilerServices;

namespace Moda.Kernels.Forwards;

/// <summary>
/// The ops of a forward on a device: the workspace allocates activations from one arena, checks the shapes of every op and passes the op
/// to the device. <see cref="ForwardPass{TPorts}"/> first plans a forward: allocations are counted, ops are checked and skipped. Later
/// runs use an arena of exactly that size, with addresses that never change. One thread at a time.
/// </summary>
/// <remarks>
/// Allocation is a stack: <see cref="BeginScope"/> opens a level, and disposing the scope frees everything allocated since.
/// </remarks>
public sealed partial class Workspace : IDisposable
{
    private readonly int alignment;
    private ForwardArena? arena;
    private long plannedBytes;
    private bool executes;
    private CancellationToken cancellation;
    private OpProfile? profile;
    private readonly WorkspaceConstants constants;
    private long top;

    /// <summary>Creates a workspace that runs each op when it is called, with an arena of a given size.</summary>
    /// <param name="device">The device. It must outlive the workspace.</param>
    /// <param name="arenaBytes">Bytes for the tensors that are alive at one time.</param>
    /// <param name="batch">The elements that the forward computes, and how many its kernels are chosen for.</param>
    /// <remarks>
    /// On a device without a fused op, constants of its composition are kept until the workspace is disposed. Forwards that run
    /// again and again belong in a <see cref="ForwardPass{TPorts}"/>, which writes each constant once.
    /// </remarks>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
    internal Workspace(Device device, long arenaBytes, BatchPlan batch = default)
        : this(device, batch)
    {
        arena = new ForwardArena(device, arenaBytes);
        plannedBytes = arenaBytes;
        executes = true;
    }

    /// <summary>Creates a workspace that plans: it has no memory yet, and only checks the ops.</summary>
    internal Workspace(Device device, BatchPlan batch = default)
    {
        Device = device;
        Batch = batch;
        alignment = device.Alignment;
        constants = new WorkspaceConstants(device);
    }

    /// <summary>The device that runs the ops.</summary>
    public Device Device { get; }

    /// <summary>The elements that the forward computes, and how many its kernels are chosen for.</summary>
    public BatchPlan Batch { get; }

    /// <summary>The most bytes that were allocated at one time.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Borrows an arena for the planned forward, or allocates one when <paramref name="shared"/> is null. Ops are still skipped.</summary>
    /// <exception cref="ArgumentException">The arena is too small or of another device.</exception>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left.</exception>
    internal ForwardArena TakeArena(ForwardArena? shared)
    {
        shared?.Borrow(Device, PeakBytes);
        arena = shared ?? new ForwardArena(Device, Math.Max(PeakBytes, alignment));
        plannedBytes = PeakBytes;
        Restart();
        return arena;
    }

    /// <summary>Begins a run: allocations start again at the beginning of the arena, and ops run from now on.</summary>
    /// <param name="cancellationToken">Checked before each op.</param>
    /// <param name="opProfile">Times each op; null to run without timing.</param>
    internal void BeginExecution(CancellationToken cancellationToken, OpProfile? opProfile = null)
    {
        Restart();
        executes = true;
        cancellation = cancellationToken;
        profile = opProfile;
    }

    /// <summary>Allocates a contiguous tensor. Its content is undefined.</summary>
    public Tensor Allocate(Shape shape) => Allocate(shape, Device.ActivationType);

    /// <summary>Allocates a contiguous tensor. Its content is undefined.</summary>
    public Tensor Allocate(params ReadOnlySpan<int> extents) => Allocate(new Shape(extents));

    /// <summary>
    /// Allocates a tensor that convolutions and products read fast. Where it has many channels, each position begins at the device's
    /// <see cref="Device.RowAlignment"/>, so there may be gaps between positions. Its content is undefined.
    /// </summary>
    public Tensor AllocateAligned(Shape shape)
    {
        const int ManyChannels = 32;
        int multiple = Math.Max(1, Device.RowAlignment / Device.ActivationType.SizeInBytes());
        int rowStride = (shape.Channels + multiple - 1) / multiple * multiple;
        return shape.Channels <= ManyChannels || rowStride == shape.Channels
            ? Allocate(shape)
            : Allocate(shape.WithChannels(rowStride)).ChannelSlice(0, shape.Channels);
    }

    /// <summary>
    /// Allocates a contiguous tensor of coordinates: float32 on every device, since float16 has too few digits for them.
    /// Only ops whose documentation says so accept it.
    /// </summary>
    public Tensor AllocateCoordinates(Shape shape) => Allocate(shape, ElementType.Float32);

    /// <summary>Opens a scope. Disposing it frees every tensor allocated since.</summary>
    public Scope BeginScope() => new(this, top);

    /// <inheritdoc/>
    public void Dispose()
    {
        arena?.GiveBack();
        arena = null;
        constants.Dispose();
    }

    /// <summary>
    /// A tensor of constants, stored as activations: written when a forward is planned, the same one each time the forward runs.
    /// It lives as long as the workspace.
    /// </summary>
    /// <param name="shape">The extents.</param>
    /// <param name="state">Given to <paramref name="fill"/>.</param>
    /// <param name="fill">Writes the row-major values. Called at the first time only.</param>
    internal Tensor Constant<TState>(Shape shape, TState state, SpanAction<float, TState> fill) => constants.Next(shape, state, fill);

    /// <summary>The same with one value for all elements.</summary>
    internal Tensor Constant(Shape shape, float value) => Constant(shape, value, static (values, value) => values.Fill(value));

    private void Restart()
    {
        top = 0;
        constants.Restart();
    }

    /// <summary>Called before each op.</summary>
    /// <returns>Whether the op is to run; false while the forward is planned.</returns>
    internal bool Begins(Tensor output, long multiplyAdds = 0, [CallerMemberName] string op = "")
    {
        cancellation.ThrowIfCancellationRequested();
        profile?.Begin(op, output.Shape, multiplyAdds);
        return executes;
    }

    private Tensor Allocate(Shape shape, ElementType type)
    {
        int size = type.SizeInBytes();
        long start = (top + alignment - 1) / alignment * alignment;
        top = start + shape.ElementCount * size;
        PeakBytes = Math.Max(PeakBytes, top);
        if (arena is not null && top > plannedBytes)
        {
            throw new InvalidOperationException(
                $"A forward allocated {top} bytes after {plannedBytes} were planned for it: it does not allocate the same way each time.");
        }

        return new Tensor(arena?.Memory, start / size, shape, type, shape.Channels);
    }

    internal static void Require(bool condition, string op, string expectation, Tensor first, Tensor second)
    {
        if (!condition)
        {
            throw new TensorShapeException(op, expectation, first.Shape, second.Shape);
        }
    }

    internal static void Require(
        bool condition,
        string op,
        [InterpolatedStringHandlerArgument(nameof(condition))] ref Expectation expectation,
        Tensor first,
        Tensor second)
    {
        if (!condition)
        {
            throw new TensorShapeException(op, expectation.ToStringAndClear(), first.Shape, second.Shape);
        }
    }

    private static bool BroadcastsTo(Tensor tensor, Shape shape)
    {
        if (tensor.Shape == shape)
        {
            return true;
        }

        if (tensor.Channels == 1 && tensor.Shape.WithChannels(shape.Channels) == shape)
        {
            return true;
        }

        if (tensor.Shape.Rank > shape.Rank)
        {
            return false;
        }

        for (int axis = 1; axis <= tensor.Shape.Rank; axis++)
        {
            if (tensor.Shape[^axis] != shape[^axis])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>An interpolated message that is built only when the check fails, so that a check that holds allocates nothing.</summary>
    [InterpolatedStringHandler]
    internal ref struct Expectation
    {
        private DefaultInterpolatedStringHandler text;

        public Expectation(int literalLength, int formattedCount, bool condition, out bool shouldAppend)
        {
            shouldAppend = !condition;
            text = shouldAppend ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
        }

        public void AppendLiteral(string value) => text.AppendLiteral(value);

        public void AppendFormatted<T>(T value) => text.AppendFormatted(value);

        public string ToStringAndClear() => text.ToStringAndClear();
    }

    /// <summary>A level of the allocation stack.</summary>
    public readonly ref struct Scope
    {
        private readonly Workspace workspace;
        private readonly long mark;

        internal Scope(Workspace workspace, long mark)
        {
            this.workspace = workspace;
            this.mark = mark;
        }

        /// <summary>Frees every tensor allocated since the scope was opened.</summary>
        public void Dispose() => workspace.top = mark;
    }
}
