namespace Moda.Kernels.Fused;

/// <summary>
/// A device that runs SPADE's normalise, modulate and activate as one op, which is composed of plain ones elsewhere.
/// </summary>
public interface IFusedSpade
{
    /// <summary>SPADE (Park et al. 2019): <c>activation((x - mean) rdev (1 + gamma) + beta)</c>.</summary>
    /// <param name="input">[N, H / f, W / f, C], read as if upsampled f times (nearest).</param>
    /// <param name="statistics">[N, 2, C] of <see cref="Device.InstanceStatistics"/>.</param>
    /// <param name="gammaBeta">[N, H, W, 2 C]: all gammas, then all betas; or [N, H, W, C]: gammas alone, beta is 0.</param>
    /// <param name="activation">Applied last.</param>
    /// <param name="output">[N, H, W, C].</param>
    void SpadeModulate(Tensor input, Tensor statistics, Tensor gammaBeta, Activation activation, Tensor output);
}
