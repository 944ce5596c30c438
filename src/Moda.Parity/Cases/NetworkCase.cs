using Moda.Kernels;
using Moda.Kernels.Forwards;
using Moda.Runtime.Networks;
using Moda.Weights;

namespace Moda.Parity.Cases;

/// <summary>What the cases of single networks share: parameters on the device, one forward, inputs in and outputs out.</summary>
public static class NetworkCase
{
    /// <summary>Runs a network with one input and one output, both in the order of axes that the device has: channels last.</summary>
    /// <typeparam name="TNetwork">The network's parameters.</typeparam>
    /// <param name="device">Where it runs.</param>
    /// <param name="reference">The case.</param>
    /// <param name="network">
    /// The network's name in a folder of weights. Where the case's weights are a single file it is not looked at: all tensors are of that network.
    /// </param>
    /// <param name="load">Reads the parameters.</param>
    /// <param name="forward">Computes the output from the input.</param>
    /// <param name="input">The input's name in the case.</param>
    /// <param name="output">The output's name in the case.</param>
    /// <exception cref="TensorNotFoundException">The case lacks the input, or the weights a tensor.</exception>
    /// <exception cref="TensorShapeException">An op does not fit its tensors.</exception>
    public static IReadOnlyDictionary<string, HostTensor> Compute<TNetwork>(
        Device device,
        ReferenceCase reference,
        string network,
        Func<ParameterLoader, TNetwork> load,
        Func<Workspace, TNetwork, Tensor, Tensor> forward,
        string input = "x",
        string output = "y")
    {
        HostTensor values = reference.Input(input);
        return Compute(
            device,
            reference,
            network,
            load,
            (workspace, parameters) =>
            {
                Tensor port = workspace.Allocate(values.Shape);
                return (Input: port, Output: forward(workspace, parameters, port));
            },
            ports => device.Write(values.Values, ports.Input),
            ports => new() { [output] = HostTensor.Read(device, ports.Output) });
    }

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
    internal static IReadOnlyDictionary<string, HostTensor> Compute<TNetwork, TPorts>(
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
