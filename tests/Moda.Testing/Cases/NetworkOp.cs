using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Testing.Cases;

/// <summary>An op that is not matrix work, at the size that a network carries it out with.</summary>
/// <param name="Network">The network.</param>
/// <param name="Op">The op.</param>
/// <param name="Count">How often one forward carries it out.</param>
/// <param name="FloatingPointOperations">Multiplications and additions of the definition; 0 where memory is what it waits for.</param>
/// <param name="Elements">Read and written once each.</param>
/// <param name="Inputs">The shapes of what it reads, and of what it changes in place.</param>
/// <param name="Output">The shape of what it writes.</param>
/// <param name="Carry">Calls the op and returns what it wrote.</param>
internal sealed record NetworkOp(
    string Network, string Op, int Count, double FloatingPointOperations, double Elements, Shape[] Inputs, Shape Output,
    Func<Workspace, Tensor[], Tensor> Carry) : INetworkKernel
{
    /// <inheritdoc/>
    public string Name => $"{Op} {Inputs[0]} to {Output}";

    /// <inheritdoc/>
    public override string ToString() => $"{Network} {Name}";
}
