using Moda.Kernels.Forwards;

namespace Moda.Kernels.Fused;

// The compositions need a device that stores float32, since float16 has too few digits for positions.
internal static partial class FusedOperations
{
    /// <summary>The dense motion network's input: [N, D, H, W, (K + 1)(C + 1)]; see <see cref="IFusedSparseMotion.SparseMotionFeatures"/>.</summary>
    /// <param name="workspace">The workspace of the forward.</param>
    /// <param name="feature">[N, D, H, W, C].</param>
    /// <param name="driving">[N, K, 3] keypoints.</param>
    /// <param name="source">[N, K, 3] keypoints.</param>
    /// <param name="output">[N, D, H, W, (K + 1)(C + 1)]; allocated when null.</param>
    /// <exception cref="NotSupportedException">The device stores float16 and does not offer the op.</exception>
    public static Tensor SparseMotionFeatures(this Workspace workspace, Tensor feature, Tensor driving, Tensor source, Tensor? output = null)
    {
        Shape shape = feature.Shape.WithChannels((driving.Shape[1] + 1) * (feature.Channels + 1));
        Tensor result = output ?? workspace.Allocate(shape);
        Workspace.Require(feature.Shape.Rank == 5 && driving.Shape == source.Shape, nameof(SparseMotionFeatures), "driving and source must be [N, K, 3]", driving, source);
        Workspace.Require(result.Shape == shape, nameof(SparseMotionFeatures), $"the output must be {shape}", feature, result);
        if (workspace.Device is not IFusedSparseMotion device)
        {
            SparseMotionComposition.Features(workspace, feature, driving, source, result);
        }
        else if (workspace.Begins(result))
        {
            device.SparseMotionFeatures(feature, driving, source, result);
        }

        return result;
    }

    /// <summary>The deformation [N, D, H, W, 3] from candidate logits; see <see cref="IFusedSparseMotion.CombineMotions"/>.</summary>
    /// <param name="workspace">The workspace of the forward.</param>
    /// <param name="logits">[N, D, H, W, K + 1].</param>
    /// <param name="driving">[N, K, 3] keypoints.</param>
    /// <param name="source">[N, K, 3] keypoints.</param>
    /// <param name="deformation">[N, D, H, W, 3]; allocated as float32 when null.</param>
    /// <exception cref="NotSupportedException">The device stores float16 and does not offer the op.</exception>
    public static Tensor CombineMotions(this Workspace workspace, Tensor logits, Tensor driving, Tensor source, Tensor? deformation = null)
    {
        Tensor result = deformation ?? workspace.AllocateCoordinates(logits.Shape.WithChannels(3));
        Workspace.Require(logits.Channels == driving.Shape[1] + 1 && driving.Shape == source.Shape, nameof(CombineMotions), "there must be one logit more than keypoints", logits, driving);
        Workspace.Require(result.Shape == logits.Shape.WithChannels(3), nameof(CombineMotions), "the deformation must be [N, D, H, W, 3]", logits, result);
        if (workspace.Device is not IFusedSparseMotion device)
        {
            SparseMotionComposition.Combine(workspace, logits, driving, source, result);
        }
        else if (workspace.Begins(result))
        {
            device.CombineMotions(logits, driving, source, result);
        }

        return result;
    }
}
