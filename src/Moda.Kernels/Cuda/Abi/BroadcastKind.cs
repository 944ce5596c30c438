namespace Moda.Kernels.Cuda.Abi;

/// <summary><c>broadcast_kind</c> of <c>elementwise.cu</c>: how a second operand is read.</summary>
internal enum BroadcastKind
{
    /// <summary>At the same place.</summary>
    Same = 0,

    /// <summary>Repeated over leading positions.</summary>
    Trailing = 1,

    /// <summary>One channel for all.</summary>
    OneChannel = 2,
}
