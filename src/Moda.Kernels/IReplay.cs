namespace Moda.Kernels;

/// <summary>A recorded sequence of ops.</summary>
public interface IReplay : IDisposable
{
    /// <summary>Runs the ops again, with the addresses that they were recorded with.</summary>
    void Run();
}
