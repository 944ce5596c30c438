using Moda.Kernels;
using Moda.Runtime.Networks;

namespace Moda.Parity.Cases;

/// <summary>What the cases of single networks share: parameters on the device, one forward, inputs in and outputs out.</summary>
internal static class NetworkCase
{
    /// <summary>Runs a forward once, or twice on a device that records it.</summary>
    /// <typeparam name="TNetwork">The network.</typeparam>
    /// <typeparam name="TPorts">The forward's inputs and outputs.</typeparam>
    /// <param name="device">Where it runs.</param>
    /// <param name="reference">The case.</param>
    /// <param name="module">The network's name.</param>
    /// <param name="load">The network's constructor.</param>
    /// <param name="forward">Allocates the inputs and calls the network.</param>
    /// <param name="write">Writes the inputs.</param>
    /// <param name="read">Reads the outputs, in the reference's order of axes.</param>
    public static IReadOnlyDictionary<string, HostTensor> Compute<TNetwork, TPorts>(
        Device device,
        ReferenceCase reference,
        string module,
        Func<ParameterLoader, TNetwork> load,
        Func<Workspace, TNetwork, TPorts> forward,
        Action<TPorts> write,
        Func<TPorts, Dictionary<string, HostTensor>> read)
    {
        using var store = new ParameterStore(device);
        TNetwork network = load(new ParameterLoader(reference.Weights.Network(module), store));
        using var pass = new ForwardPass<TPorts>(device, workspace => forward(workspace, network));
        write(pass.Ports);
        pass.Run();
        if (device.RecordsForwards)
        {
            // What users see from the second run on.
            write(pass.Ports);
            pass.Run();
        }

        return read(pass.Ports);
    }
}
