namespace Moda.Kernels.Forwards;

/// <summary>
/// A forward of fixed shapes: planned once, with one arena, then run many times without allocation. A device that records forwards
/// records this one at the second run and replays it from then on. One thread at a time.
/// </summary>
/// <typeparam name="TPorts">Its inputs and outputs, usually a record struct or tuple of <see cref="Tensor"/>.</typeparam>
internal sealed class ForwardPass<TPorts> : IDisposable
{
    private readonly Workspace workspace;
    private readonly Func<Workspace, TPorts> forward;
    private readonly Action record;
    private IReplay? replay;
    private bool hasRun;
    private CancellationToken cancellation;

    /// <summary>Plans a forward and allocates its arena, or borrows one.</summary>
    /// <param name="device">The device. It must outlive the pass.</param>
    /// <param name="forward">
    /// Allocates the inputs, calls the ops, and returns inputs and outputs. It must do the same each time it is called.
    /// It must not allocate its inputs in a scope that it closes.
    /// </param>
    /// <param name="batch">The elements that it computes, and how many its kernels are chosen for; <c>default</c> chooses for those that it computes.</param>
    /// <exception cref="TensorShapeException">Shapes don't fit together.</exception>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left for the arena.</exception>
    public ForwardPass(Device device, Func<Workspace, TPorts> forward, BatchPlan batch = default)
        : this(device, forward, batch, arena: null)
    {
    }

    /// <summary>Plans a forward that may share its arena with other passes of the device.</summary>
    /// <param name="device">The device. It must outlive the pass.</param>
    /// <param name="forward">As for the public constructor.</param>
    /// <param name="batch">As for the public constructor.</param>
    /// <param name="arena">
    /// The <see cref="Arena"/> of a pass that never runs at the same time and needs at least as much; null for an arena of its own.
    /// The ports of a pass keep their values until another pass that shares the arena is written to or runs.
    /// </param>
    /// <exception cref="TensorShapeException">Shapes don't fit together.</exception>
    /// <exception cref="ArgumentException">The arena is too small or of another device.</exception>
    /// <exception cref="ObjectDisposedException">All passes that shared the arena were disposed.</exception>
    /// <exception cref="InsufficientMemoryException">The device has too little memory left for the arena.</exception>
    internal ForwardPass(Device device, Func<Workspace, TPorts> forward, BatchPlan batch, ForwardArena? arena)
    {
        this.forward = forward;
        record = Record;
        workspace = new Workspace(device, batch);
        forward(workspace);
        Arena = workspace.TakeArena(arena);
        try
        {
            Ports = forward(workspace);
        }
        catch
        {
            workspace.Dispose();
            throw;
        }
    }

    /// <summary>The tensors to write before and to read after a run. Their addresses never change.</summary>
    public TPorts Ports { get; }

    /// <summary>The memory of the activations, for other passes that take turns with this one.</summary>
    internal ForwardArena Arena { get; }

    /// <summary>Bytes of the arena that the pass needs.</summary>
    public long ArenaBytes => workspace.PeakBytes;

    /// <summary>Runs the ops on the present values of the inputs.</summary>
    /// <param name="cancellationToken">Stops the run between two ops; a replay runs to its end. The outputs are undefined after a cancelled run.</param>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public void Run(CancellationToken cancellationToken = default)
    {
        cancellation = cancellationToken;
        if (hasRun)
        {
            replay ??= workspace.Device.Capture(record);
        }

        if (replay is null)
        {
            Record();
            hasRun = true;
        }
        else
        {
            replay.Run();
        }
    }

    /// <summary>
    /// Runs the ops one by one, waits for each and times it. On an asynchronous device each time includes the launch and the wait,
    /// which overlap in an ordinary run.
    /// </summary>
    /// <returns>The ops in their order.</returns>
    internal IReadOnlyList<OpTiming> Profile()
    {
        var profile = new OpProfile(workspace.Device);
        workspace.BeginExecution(CancellationToken.None, profile);
        forward(workspace);
        return profile.End();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        replay?.Dispose();
        workspace.Dispose();
    }

    private void Record()
    {
        workspace.BeginExecution(cancellation);
        forward(workspace);
    }
}
