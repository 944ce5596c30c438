using Moda.Kernels;
using Moda.Runtime.Networks;
using Moda.Weights;
using Moda.Weights.Sets;

namespace Moda.Runtime.Workers;

/// <summary>Loads the networks of a set of weights, on several threads too, each with a store of its own.</summary>
/// <param name="weights">The weights; they may be disposed once all networks are loaded.</param>
/// <param name="loaded">Called after each network.</param>
internal sealed class NetworkLoader(WeightSet weights, Action loaded)
{
    /// <summary>Whether the weights have a module.</summary>
    public bool Has(string module) => weights.TryGetNetwork(module, out _);

    /// <summary>Loads a module.</summary>
    /// <param name="module">Its name.</param>
    /// <param name="store">Where its parameters are put.</param>
    /// <param name="create">Creates the network from the module's root.</param>
    /// <exception cref="TensorNotFoundException">The network lacks a tensor.</exception>
    /// <exception cref="TensorMismatchException">A tensor has another shape than the network needs.</exception>
    /// <exception cref="InsufficientMemoryException">The device has too little memory.</exception>
    public TNetwork Load<TNetwork>(string module, ParameterStore store, Func<ParameterLoader, TNetwork> create)
    {
        TNetwork network = create(new ParameterLoader(weights.Network(module), store));
        loaded();
        return network;
    }
}
