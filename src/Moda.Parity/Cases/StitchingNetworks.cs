using Moda.Kernels;
using Moda.Runtime.Motion;
using Moda.Runtime.Networks;

namespace Moda.Parity.Cases;

/// <summary>The stitching, lip and eye networks of a case, with their parameters.</summary>
internal sealed class StitchingNetworks : IDisposable
{
    private readonly ParameterStore store;

    /// <summary>Loads them.</summary>
    /// <param name="device">Where they run.</param>
    /// <param name="reference">The case, whose weights they have.</param>
    public StitchingNetworks(Device device, ReferenceCase reference)
    {
        store = new ParameterStore(device);
        try
        {
            Pass = new StitchingPass(device, new ParameterLoader(reference.Weights.Network("stitching_retargeting"), store));
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>The networks.</summary>
    public StitchingPass Pass { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Pass.Dispose();
        store.Dispose();
    }
}
