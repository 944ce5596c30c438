namespace Moda.Kernels;

/// <summary>A recorded sequence of ops.</summary>
public interface IReplay : IDisposable
{
    /// <summary>Carries the ops out again, with the addresses they were recorded with.</summary>
    void Run();
}
