/* ADBench's Gaussian mixture and its gradient, by hand: the chain rule, point by point, in plain loops.

   The formulas and the layout of `icf` are those of revbench/paper/gmm.py. All inner loops run over neighbours in memory
   and sum nothing up, so that a compiler vectorises them as they stand: for that the factors are laid out once more,
   row by row. The dimensions that are measured are known to the compiler. `work` holds K (3 d + d (d - 1) / 2 + 3) + d floats. */
#include <math.h>
#include <stddef.h>

/* The logarithm of the sum of exponentials of `a`, which becomes the shares of that sum. */
static double lse(double *a, int K)
{
    double top = a[0], sum = 0;
    for (int k = 1; k < K; k++) if (a[k] > top) top = a[k];
    for (int k = 0; k < K; k++) sum += a[k] = exp(a[k] - top);
    for (int k = 0; k < K; k++) a[k] /= sum;
    return log(sum) + top;
}

static inline __attribute__((always_inline))
double gradient(const int d, int K, int n, const double *alphas, const double *means, const double *icf, const double *x, double gamma, double m,
                double *restrict in_alphas, double *restrict in_means, double *restrict in_icf, double *restrict work)
{
    const int low = d * (d - 1) / 2, width = d + low;
    double *z = work, *y = z + (size_t)K * d, *diag = y + (size_t)K * d, *rows = diag + (size_t)K * d;
    double *sumq = rows + (size_t)K * low, *base = sumq + K, *main = base + K, *pull = main + K;
    double err = 0;

    for (int k = 0; k < K; k++) {
        const double *l = icf + (size_t)k * width + d;
        sumq[k] = 0;
        for (int i = 0; i < d; i++) {
            diag[k * d + i] = exp(icf[k * width + i]);
            sumq[k] += icf[k * width + i];
            for (int j = i + 1; j < d; j++) rows[(size_t)k * low + j * (j - 1) / 2 + i] = *l++;
        }
        base[k] = alphas[k] + sumq[k];
        in_alphas[k] = 0;
        for (int i = 0; i < d; i++) in_means[k * d + i] = 0;
        for (int i = 0; i < width; i++) in_icf[k * width + i] = 0;
    }

    for (int p = 0; p < n; p++) {
        for (int k = 0; k < K; k++) {
            const double *l = icf + (size_t)k * width + d, *q = diag + k * d;
            double *restrict zk = z + k * d, *restrict yk = y + k * d;
            double square = 0;
            for (int i = 0; i < d; i++) {
                zk[i] = x[(size_t)p * d + i] - means[k * d + i];
                yk[i] = q[i] * zk[i];
            }
#pragma GCC unroll 10
            for (int i = 0; i < d; l += d - 1 - i++)
                for (int j = i + 1; j < d; j++) yk[j] += l[j - i - 1] * zk[i];
            for (int i = 0; i < d; i++) square += yk[i] * yk[i];
            main[k] = base[k] - 0.5 * square;
        }
        err += lse(main, K);
        for (int k = 0; k < K; k++) {
            const double w = main[k], *l = rows + (size_t)k * low, *q = diag + k * d, *zk = z + k * d, *yk = y + k * d;
            double *restrict in_q = in_icf + (size_t)k * width, *restrict in_l = in_q + d, *restrict in_mean = in_means + k * d;
            in_alphas[k] += w;
            for (int i = 0; i < d; i++) {
                in_q[i] += w - w * zk[i] * q[i] * yk[i];
                pull[i] = q[i] * yk[i];
            }
#pragma GCC unroll 10
            for (int j = 1; j < d; l += j++)
                for (int i = 0; i < j; i++) pull[i] += l[i] * yk[j];
#pragma GCC unroll 10
            for (int i = 0; i < d; in_l += d - 1 - i++)
                for (int j = i + 1; j < d; j++) in_l[j - i - 1] -= w * zk[i] * yk[j];
            for (int i = 0; i < d; i++) in_mean[i] += w * pull[i];
        }
    }

    for (int k = 0; k < K; k++) main[k] = alphas[k];
    err -= n * lse(main, K);
    for (int k = 0; k < K; k++) {
        in_alphas[k] -= n * main[k];
        err -= m * sumq[k];
        for (int i = 0; i < d; i++) {
            err += 0.5 * gamma * gamma * diag[k * d + i] * diag[k * d + i];
            in_icf[k * width + i] += gamma * gamma * diag[k * d + i] * diag[k * d + i] - m;
        }
        for (int i = d; i < width; i++) {
            err += 0.5 * gamma * gamma * icf[k * width + i] * icf[k * width + i];
            in_icf[k * width + i] += gamma * gamma * icf[k * width + i];
        }
    }
    return err;
}

double gmm_gradient(int d, int K, int n, const double *alphas, const double *means, const double *icf, const double *x, double gamma, double m,
                    double *in_alphas, double *in_means, double *in_icf, double *work)
{
#define CASE(D) case D: return gradient(D, K, n, alphas, means, icf, x, gamma, m, in_alphas, in_means, in_icf, work);
    switch (d) {
        CASE(2) CASE(10) CASE(32) CASE(64)
        default: return gradient(d, K, n, alphas, means, icf, x, gamma, m, in_alphas, in_means, in_icf, work);
    }
}
