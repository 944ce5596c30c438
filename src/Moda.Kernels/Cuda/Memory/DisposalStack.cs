namespace Moda.Kernels.Cuda.Memory;

/// <summary>Disposes what a constructor has created so far when a later part of it fails.</summary>
internal sealed class DisposalStack : IDisposable
{
    private readonly Stack<IDisposable> created = new();

    /// <summary>Starts with the first object that was created.</summary>
    public DisposalStack(IDisposable first) => created.Push(first);

    /// <summary>Adds an object that was created.</summary>
    public T Add<T>(T value)
        where T : IDisposable
    {
        created.Push(value);
        return value;
    }

    /// <summary>Says that construction succeeded: nothing is disposed.</summary>
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
