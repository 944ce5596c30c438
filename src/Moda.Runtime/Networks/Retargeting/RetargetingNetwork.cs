using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Retargeting;

/// <summary>
/// One of LivePortrait's multilayer perceptrons over keypoints (<c>stitching_retargeting_network.py</c>): stitching, lip or eye.
/// </summary>
internal sealed class RetargetingNetwork
{
    private readonly List<LinearWeights> layers = [];

    /// <summary>
    /// Loads a network at its place in the checkpoint: <c>stitching</c>, <c>lip</c> or <c>eye</c> of the module
    /// <c>stitching_retargeting</c>.
    /// </summary>
    public RetargetingNetwork(ParameterLoader parameters)
    {
        ParameterLoader mlp = parameters["mlp"];
        layers.Add(mlp.Linear("0"));

        // The odd indices of the sequence are activations.
        for (int place = 2; mlp[$"{place}"].Exists; place += 2)
        {
            layers.Add(mlp.Linear($"{place}", inputs: layers[^1].Outputs));
        }
    }

    /// <summary>The number of elements of an input.</summary>
    public int Inputs => layers[0].Inputs;

    /// <summary>The number of elements of an output.</summary>
    public int Outputs => layers[^1].Outputs;

    /// <summary>Computes the offsets that are added to the driving keypoints.</summary>
    /// <param name="workspace">The workspace of the forward pass.</param>
    /// <param name="input">
    /// [N, inputs]. Stitching: source keypoints, then driving keypoints; lip and eye: source keypoints, then the target ratios.
    /// </param>
    /// <returns>[N, outputs]: keypoint offsets, and for stitching a shift along x and y.</returns>
    public Tensor Forward(Workspace workspace, Tensor input)
    {
        Tensor hidden = input;
        foreach (LinearWeights layer in layers)
        {
            Activation activation = layer == layers[^1] ? Activation.None : Activation.Relu;
            hidden = workspace.Linear(hidden, layer, new Epilogue { Activation = activation });
        }

        return hidden;
    }
}
