using System.Buffers;

namespace Moda.Kernels.Forwards;

/// <summary>
/// The constants of a forward, in the order in which it asks for them. A forward does the same each time, so the n-th constant of one
/// run is the n-th of every other.
/// </summary>
internal sealed class WorkspaceConstants(Device device) : IDisposable
{
    private readonly List<(DeviceMemory Memory, Tensor Tensor)> all = [];
    private int next;

    /// <summary>Begins the forward's constants again.</summary>
    public void Restart() => next = 0;

    /// <summary>The next constant, which is written when it is asked for the first time.</summary>
    public Tensor Next<TState>(Shape shape, TState state, SpanAction<float, TState> fill)
    {
        if (next == all.Count)
        {
            all.Add(Create(shape, state, fill));
        }

        Tensor tensor = all[next++].Tensor;
        return tensor.Shape == shape
            ? tensor
            : throw new InvalidOperationException($"A forward asked for a constant {shape} where it was planned with {tensor.Shape}: it does not do the same each time.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((DeviceMemory memory, _) in all)
        {
            memory.Dispose();
        }

        all.Clear();
    }

    private (DeviceMemory Memory, Tensor Tensor) Create<TState>(Shape shape, TState state, SpanAction<float, TState> fill)
    {
        var values = new float[shape.ElementCount];
        fill(values, state);
        DeviceMemory memory = device.AllocateMemory(shape.ElementCount * device.ActivationType.SizeInBytes());
        var tensor = new Tensor(memory, 0, shape, device.ActivationType, shape.Channels);
        try
        {
            device.Write(values, tensor);
        }
        catch
        {
            memory.Dispose();
            throw;
        }

        return (memory, tensor);
    }
}
