# Odoo 19 with leather_crm_ai and the Python packages it needs.
FROM odoo:19

USER root
COPY requirements.txt /opt/leather_crm_ai/requirements.txt
# The image's Python belongs to the system and has no virtual environment; only packages that it
# lacks are added, none of its own is replaced.
RUN pip3 install --no-cache-dir --break-system-packages -r /opt/leather_crm_ai/requirements.txt
COPY odoo.conf /etc/odoo/odoo.conf
COPY docker/init.sh /opt/leather_crm_ai/init.sh
COPY addons /mnt/extra-addons

USER odoo
# One thread per process for numerical code: Odoo's processes already share the cores.
ENV OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["curl", "--fail", "--silent", "--show-error", "--output", "/dev/null", \
    "http://127.0.0.1:8069/web/health?db_server_status=1"]
