
namespace Moda.Testing.Cases;

/// <summary>A kernel at the size that a network launches it with: what tests check and benchmarks time.</summary>
public interface INetworkKernel
{
    /// <summary>The network.</summary>
    string Network { get; }

    /// <summary>The layer or op.</summary>
    string Name { get; }

    /// <summary>How often one forward carries it out.</summary>
    int Count { get; }

    /// <summary>Multiplications and additions of the definition; 0 where memory is what it waits for.</summary>
    double FloatingPointOperations { get; }

    /// <summary>Elements that are read and written, once each: the fewest that can be moved.</summary>
    double Elements { get; }
}
