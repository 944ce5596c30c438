namespace Moda.Kernels.Cuda.Memory;

/// <summary>Disposes what a constructor has created so far when a later part of it fails.</summary>
internal sealed class DisposalStack : IDisposable
{
    private readonly Stack<IDisposable> created = new();

    /// <summary>Begins with one.</summary>
    public DisposalStack(IDisposable first) => created.Push(first);

    /// <summary>Adds one.</summary>
    public T Add<T>(T value)
        where T : IDisposable
    {
        created.Push(value);
        return value;
    }

    /// <summary>Everything succeeded: nothing is disposed any more.</summary>
    public void Release() => created.Clear();

    /// <summary>Disposes all, the last one first.</summary>
    public void Dispose()
    {
        while (created.TryPop(out IDisposable? value))
        {
            value.Dispose();
        }
    }
}
